import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Tier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.SlugField(unique=True, verbose_name='网址名')),
                ('name', models.CharField(max_length=40, verbose_name='名称')),
                ('promise', models.CharField(blank=True, max_length=120, verbose_name='一句话')),
                ('benefits', models.JSONField(blank=True, default=list, help_text='一行一项，例如：作业：老师批改', verbose_name='权益')),
                ('rank', models.PositiveSmallIntegerField(default=1, help_text='高一级的包含低一级的全部；0 是人人都有的免费席', unique=True, verbose_name='级别')),
                ('is_archived', models.BooleanField(default=False, verbose_name='已归档')),
            ],
            options={
                'verbose_name': '会员等级',
                'verbose_name_plural': '会员等级',
                'ordering': ['rank'],
            },
        ),
        migrations.CreateModel(
            name='Plan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('period', models.CharField(choices=[('month', '按月'), ('quarter', '按季'), ('year', '按年'), ('lifetime', '终身')], max_length=8, verbose_name='周期')),
                ('price', models.PositiveBigIntegerField(help_text='最小货币单位，人民币为分', verbose_name='价格')),
                ('currency', models.CharField(default='CNY', max_length=3, verbose_name='币种')),
                ('is_on_sale', models.BooleanField(default=True, verbose_name='在售')),
                ('tier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='membership.tier', verbose_name='会员等级')),
            ],
            options={
                'verbose_name': '套餐',
                'verbose_name_plural': '套餐',
                'constraints': [models.CheckConstraint(condition=models.Q(('price__gt', 0)), name='plan_price_is_positive', violation_error_message='价格要大于 0。'), models.UniqueConstraint(condition=models.Q(('is_on_sale', True)), fields=('tier', 'period', 'currency'), name='one_plan_on_sale_per_period', violation_error_message='这个等级的这个周期已有一个在售的套餐，先把它停售。')],
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('scope', models.CharField(blank=True, help_text='course:<课程编号>；给了等级就留空', max_length=60, verbose_name='单课')),
                ('starts_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='开始')),
                ('ends_at', models.DateTimeField(blank=True, help_text='空 = 没有期限', null=True, verbose_name='结束')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='收回时间')),
                ('source', models.CharField(help_text='一事一份：order:<订单号>、hand:<编号>', max_length=80, unique=True, verbose_name='来处')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='备注')),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='grants', to=settings.AUTH_USER_MODEL, verbose_name='人')),
                ('tier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='membership.tier', verbose_name='会员等级')),
            ],
            options={
                'verbose_name': '权益',
                'verbose_name_plural': '权益',
                'indexes': [models.Index(fields=['person', 'scope'], name='membership__person__f90b4b_idx')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('scope', ''), ('tier__isnull', False)), models.Q(('tier__isnull', True), models.Q(('scope', ''), _negated=True)), _connector='OR'), name='grant_opens_a_tier_or_a_scope', violation_error_message='一份权益要么给一个会员等级，要么给一门课，二者选一。'), models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='grant_ends_after_it_starts', violation_error_message='权益的结束时间要晚于开始时间。')],
            },
        ),
    ]
